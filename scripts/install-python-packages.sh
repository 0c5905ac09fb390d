#!/bin/bash
# install-python-packages.sh LIST FOLDER: installs the packages in LIST into a virtual environment in FOLDER. Does nothing when they
# are there: the environment keeps a copy of the list that it was made from.
set -euo pipefail

list=$1
folder=$2

if cmp --silent "$list" "$folder/installed.txt"; then exit 0; fi

python=/usr/bin/python3
[ -x "$python" ] || python=$(command -v python3) || {
    echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv" >&2
    exit 1
}
echo "Installing Python packages into $folder"
"$python" -m venv --clear "$folder"
if ! "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$list"; then
    echo "Could not install the packages of $list into $folder" >&2
    exit 1
fi
cp "$list" "$folder/installed.txt"
