#!/usr/bin/env python3
"""Holds the workspace to deny.toml: licences, versions, sources, and one place for what members share.

Beside that, no package needs a newer Rust than ours, and what is published says what it is.

Why not cargo-deny, whose file this reads: installing it compiles some 300 crates, six minutes of a shared two-core
machine for a check that takes a second here, and what it knows besides is in an advisory database that an offline
machine does not have. `cargo deny check` works on the same file where both can be had.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# All of deny.toml that is understood here, and how it has to stand: None is any value.
UNDERSTOOD = {
    "graph": {"targets": None, "all-features": True},
    "licenses": {"allow": None, "unused-allowed-license": "deny", "include-dev": True},
    "bans": {
        "multiple-versions": "deny",
        "multiple-versions-include-dev": True,
        "wildcards": "deny",
        "allow-wildcard-paths": True,
        "skip": None,
        "workspace-dependencies": {"duplicates": "deny", "include-path-dependencies": True, "unused": "deny"},
    },
    "sources": {"unknown-registry": "deny", "unknown-git": "deny"},
}
INHERITED = ("version", "edition", "rust-version", "license")


def misunderstood(config, understood=UNDERSTOOD, where="deny.toml"):
    """Settings that this script would silently not do.

    >>> list(misunderstood({"a": 1, "b": 2}, {"a": 1, "c": None}, "x"))
    ['x: b is not known to .ci/policy.py: teach it, or leave it out', 'x: c is missing']
    >>> list(misunderstood({"a": "warn"}, {"a": "deny"}, "x"))
    ["x: a has to be 'deny', not 'warn'"]
    """
    for key, value in config.items():
        if key not in understood:
            yield f"{where}: {key} is not known to .ci/policy.py: teach it, or leave it out"
        elif isinstance(understood[key], dict):
            yield from misunderstood(value, understood[key], f"{where} [{key}]")
        elif understood[key] not in (None, value):
            yield f"{where}: {key} has to be {understood[key]!r}, not {value!r}"
    for key in understood.keys() - config.keys():
        yield f"{where}: {key} is missing"


def is_satisfied(expression, allow):
    """Can the SPDX expression be met with these licences alone?

    >>> is_satisfied("MIT OR GPL-3.0-only", {"MIT"}), is_satisfied("MIT/GPL-3.0", {"MIT"})
    (True, True)
    >>> is_satisfied("MIT AND GPL-3.0-only", {"MIT"}), is_satisfied("GPL-3.0-only", {"MIT"})
    (False, False)
    >>> is_satisfied("GPL-3.0-only AND MIT OR ISC", {"ISC"}), is_satisfied("ISC AND (MIT OR GPL-3.0-only)", {"ISC"})
    (True, False)
    >>> is_satisfied("Apache-2.0 WITH LLVM-exception", {"Apache-2.0"}), is_satisfied("MIT or ISC", {"MIT"})
    (False, False)
    >>> is_satisfied("(MIT", {"MIT"}), is_satisfied("MIT OR", {"MIT"}), is_satisfied(None, {"MIT"})
    (False, False, False)
    """
    tokens = re.findall(r"[()/]|[^\s()/]+", expression or "")

    def either():
        result = both()
        while tokens[:1] in (["OR"], ["/"]):
            tokens.pop(0)
            result = both() or result
        return result

    def both():
        result = one()
        while tokens[:1] == ["AND"]:
            tokens.pop(0)
            result = one() and result
        return result

    def one():
        name = tokens.pop(0)
        if name == "(":
            result = either()
            return tokens.pop(0) == ")" and result
        if tokens[:1] == ["WITH"]:
            name = " ".join([name, tokens.pop(0), tokens.pop(0)])
        return name in allow

    try:
        return either() and not tokens
    except IndexError:
        return False


def licences(packages, allow):
    """Packages that may not be used, and allowed licences that nothing needs."""
    expressions = {package["license"] for package in packages}
    for package in packages:
        if not is_satisfied(package["license"], allow):
            yield f"{named(package)}: its licence, {package['license']!r}, is not met by those that [licenses] allows"
    for licence in sorted(allow):
        rest = allow - {licence}
        if all(is_satisfied(text, rest) == is_satisfied(text, allow) for text in expressions):
            yield f"[licenses] allow: no crate needs {licence}: take it out"


def versions(packages, skip):
    """Crates in several versions without a reason, and reasons without such crates.

    >>> packages = [{"name": "a", "version": "1.2.0"}, {"name": "a", "version": "2.0.0"}]
    >>> list(versions(packages, [{"crate": "a@1", "reason": "b"}]))
    []
    >>> list(versions(packages, []))
    ['a is there as 1.2.0 and 2.0.0: unify them, or give a reason in [bans] skip']
    >>> list(versions(packages[:1], [{"crate": "a@1", "reason": "b"}, {"crate": "c@1"}]))
    ['[bans] skip: a@1 is no duplicate now: take it out', '[bans] skip: c@1 is no duplicate now: take it out', \
'[bans] skip: c@1 has no reason']
    """
    found = defaultdict(set)
    for package in packages:
        found[package["name"]].add(package["version"])
    unexplained = {name: set(there) for name, there in found.items()}
    for entry in skip:
        name, _, version = entry["crate"].partition("@")
        matched = {there for there in found.get(name, ()) if there == version or there.startswith(version + ".")}
        if not matched or len(found[name]) == 1:
            yield f"[bans] skip: {entry['crate']} is no duplicate now: take it out"
        if not entry.get("reason"):
            yield f"[bans] skip: {entry['crate']} has no reason"
        unexplained.get(name, set()).difference_update(matched)
    for name, there in sorted(unexplained.items()):
        if len(there) > 1:
            yield f"{name} is there as {' and '.join(sorted(there))}: unify them, or give a reason in [bans] skip"


def sources(packages, members):
    """Packages from anywhere but the public crate registry and this workspace.

    That registry is what cargo writes for a member's dependency that names no registry.
    """
    dependencies = [dependency for member in members for dependency in member["dependencies"]]
    unnamed = {dependency["source"] for dependency in dependencies if dependency["registry"] is None}
    crates_io = {source for source in unnamed if source and source.startswith("registry+")}
    ids = {member["id"] for member in members}
    for package in packages:
        if package["source"] not in crates_io and package["id"] not in ids:
            yield f"{named(package)} comes from {package['source'] or package['id']}, not from the public crate registry"


def wildcards(members):
    """Dependencies that any version would satisfy; those within the workspace have a path."""
    for member in members:
        for dependency in member["dependencies"]:
            if dependency["req"] == "*" and "path" not in dependency:
                yield f"{member['name']}: its dependency {dependency['name']} needs a version, not '*'"


def inheritance(members):
    """What a member says for itself though the workspace says it for all, and what the workspace says for nobody."""
    used = set()
    for member in members:
        manifest = tomllib.loads(Path(member["manifest_path"]).read_text())
        for key in INHERITED:
            if manifest["package"].get(key) != {"workspace": True}:
                yield f"{member['name']}: write {key}.workspace = true in its [package]"
        if manifest.get("lints") != {"workspace": True}:
            yield f"{member['name']}: write workspace = true in its [lints]"
        for name, given in dependencies(manifest):
            used.add(name)
            if not (isinstance(given, dict) and given.get("workspace") is True):
                yield f"{member['name']}: its dependency {name} belongs into the root's [workspace.dependencies]"
    shared = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["dependencies"]
    for name in sorted(shared.keys() - used):
        yield f"[workspace.dependencies]: no member uses {name}: take it out"


def published(members):
    """What people who find a crate in the registry would miss.

    >>> member = {"name": "a", "publish": None, "description": "b", "keywords": ["c"], "categories": ["d"]}
    >>> list(published([member | {"readme": "README.md", "documentation": "https://docs.rs/a"}]))
    []
    >>> list(published([member | {"readme": None, "documentation": "https://docs.rs/b"}]))
    ['a: its [package] has no readme', 'a: its documentation is at https://docs.rs/a']
    >>> list(published([{"name": "a", "publish": []}]))
    []
    """
    for member in members:
        if member["publish"] == []:
            continue
        for key in ("description", "keywords", "categories", "readme"):
            if not member[key]:
                yield f"{member['name']}: its [package] has no {key}"
        if member["documentation"] != f"https://docs.rs/{member['name']}":
            yield f"{member['name']}: its documentation is at https://docs.rs/{member['name']}"


def minimum(packages, rust):
    """Packages that say they need a newer Rust than we promise.

    >>> list(minimum([{"name": "a", "version": "1.0.0", "rust_version": "1.100"}], "1.89"))
    ['a 1.0.0 needs Rust 1.100, and we promise 1.89: take an older one, or raise rust-version']
    >>> list(minimum([{"name": "a", "rust_version": "1.89.0"}, {"name": "a", "rust_version": None}], "1.89"))
    []
    """
    number = lambda version: [int(part) for part in version.split(".")[:2]]
    for package in packages:
        needed = package["rust_version"]
        if needed and number(needed) > number(rust):
            yield f"{named(package)} needs Rust {needed}, and we promise {rust}: take an older one, or raise rust-version"


def dependencies(manifest):
    """The dependencies that a manifest declares, of every sort and platform."""
    for table in [manifest, *manifest.get("target", {}).values()]:
        for sort in ("dependencies", "dev-dependencies", "build-dependencies"):
            yield from table.get(sort, {}).items()


def named(package):
    """A package as people name it."""
    return f"{package['name']} {package['version']}"


def other_versions(lockfile, packages, shipped):
    """What is there, but not in a version that is built.

    >>> shipped = [{"name": "a", "version": "1.0.0"}, {"name": "a", "version": "2.0.0"}]
    >>> list(other_versions("fuzz/Cargo.lock", [{"name": "a", "version": "1.0.0"}, {"name": "b", "version": "1.0.0"}], shipped))
    []
    >>> list(other_versions("fuzz/Cargo.lock", [{"name": "a", "version": "1.1.0"}], shipped))
    ['fuzz/Cargo.lock: a is there as 1.1.0, and built as 1.0.0 and 2.0.0']
    """
    there, built = (grouped(some) for some in (packages, shipped))
    for name, versions in there.items():
        if name in built and not versions & built[name]:
            theirs, ours = (" and ".join(sorted(some)) for some in (versions, built[name]))
            yield f"{lockfile}: {name} is there as {theirs}, and built as {ours}"


def grouped(packages):
    """The versions of each crate."""
    versions = defaultdict(set)
    for package in packages:
        versions[package["name"]].add(package["version"])
    return versions


def aside(folder, shipped, members):
    """Crates of a workspace beside this one that come from elsewhere, or are not what is built. Nothing of it is shipped."""
    graph = metadata("x86_64-unknown-linux-gnu", f"{folder}/Cargo.toml")
    ids = {node["id"] for node in graph["resolve"]["nodes"]}
    packages = [package for package in graph["packages"] if package["id"] in ids]
    own = [package for package in packages if package["id"] in graph["workspace_members"]]
    yield from sources(packages, members + own)
    yield from other_versions(f"{folder}/Cargo.lock", packages, shipped)


def metadata(target, manifest="Cargo.toml"):
    """What is built for a target."""
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--all-features", f"--filter-platform={target}"]
    command += [f"--manifest-path={manifest}"]
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE)
    if ran.returncode != 0:
        sys.exit(f"'{' '.join(command)}' failed")
    return json.loads(ran.stdout)


def problems():
    """Everything that is not as it has to be, and what was looked at."""
    config = tomllib.loads((ROOT / "deny.toml").read_text())
    wrong = list(misunderstood(config))
    if wrong:
        return wrong, []
    graphs = [metadata(target) for target in config["graph"]["targets"]]
    built = {node["id"] for graph in graphs for node in graph["resolve"]["nodes"]}
    packages = [package for package in graphs[0]["packages"] if package["id"] in built]
    packages += [p for graph in graphs[1:] for p in graph["packages"] if p["id"] in built and p not in packages]
    members = [package for package in packages if package["id"] in graphs[0]["workspace_members"]]
    wrong += licences(packages, set(config["licenses"]["allow"]))
    wrong += versions(packages, config["bans"]["skip"])
    wrong += sources(packages, members)
    wrong += wildcards(members)
    wrong += inheritance(members)
    wrong += published(members)
    wrong += minimum(packages, members[0]["rust_version"])
    for folder in ("fuzz", "browser"):
        wrong += aside(folder, packages, members)
    return wrong, packages


def main():
    """Prints what is wrong and fails, or says what was looked at."""
    wrong, packages = problems()
    for problem in wrong:
        print(problem, file=sys.stderr)
    if wrong:
        sys.exit(1)
    print(f"{len(packages)} packages: licences, versions, sources and inheritance are as deny.toml has them")


if __name__ == "__main__":
    main()
