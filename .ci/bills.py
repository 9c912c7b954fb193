#!/usr/bin/env python3
"""Holds bills of materials to the schema of CycloneDX, strictly: `bills.py FILE...`.

Needs cyclonedx-python-lib, which has the schemas in it.
"""

import sys
from pathlib import Path


def main(files):
    # Here, and not above: tests of these scripts read them where it is not installed.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    validator = JsonStrictValidator(SchemaVersion.V1_6)
    errors = [f"{file}: {error}" for file in files if (error := validator.validate_str(Path(file).read_text()))]
    if errors or not files:
        sys.exit("\n".join(errors) or "there is no bill to look at")
    print(f"{len(files)} bills of materials are CycloneDX {SchemaVersion.V1_6.to_version()}")


if __name__ == "__main__":
    main(sys.argv[1:])
