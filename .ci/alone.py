#!/usr/bin/env python3
"""Prints, one a line, the cargo arguments of every build that has to work alone.

That is each member by itself, without its default features, and with each further feature. In a build of the whole
workspace cargo unifies features, so a member that forgets one of its own is carried by another; here it is not.
"""

import json
import subprocess

# k8s-openapi wants exactly one API version. The lib chooses the oldest; who turns that off has to be able to choose the newest.
CHOSEN_BY_THE_APPLICATION = {"k8s-wait-lib": ["k8s-openapi/latest"]}


def builds(name, features):
    """The builds of one member.

    >>> list(builds("a", {"default": ["b"], "b": ["d"], "d": [], "c": []}))
    ['-p a', '-p a --no-default-features', '-p a --features c']
    >>> list(builds("k8s-wait-lib", {"default": []}))
    ['-p k8s-wait-lib', '-p k8s-wait-lib --no-default-features --features k8s-openapi/latest']
    """
    yield f"-p {name}"
    if "default" in features:
        chosen = [f"--features {feature}" for feature in CHOSEN_BY_THE_APPLICATION.get(name, [])]
        yield " ".join([f"-p {name} --no-default-features", *chosen])
    for feature in sorted(features.keys() - on_by_default(features)):
        yield f"-p {name} --features {feature}"


def on_by_default(features):
    """The features that the default one turns on, itself included."""
    found, left = set(), ["default"]
    while left:
        feature = left.pop()
        if feature not in found:
            found.add(feature)
            left += features.get(feature, [])
    return found


def main():
    """Prints them all."""
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--no-deps"]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    for package in metadata["packages"]:
        print(*builds(package["name"], package["features"]), sep="\n")


if __name__ == "__main__":
    main()
