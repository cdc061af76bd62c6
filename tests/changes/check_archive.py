#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""check_archive.py ARCHIVE FOLDER - goes from index.json and from manifest.json to two layers, checks each hash and
size on the way, and puts the layers into FOLDER as 0 and 1."""
import hashlib
import json
import os
import sys
import tarfile


def main():
    archive, folder = sys.argv[1:]
    os.mkdir(folder)
    with tarfile.open(archive, "r:") as tar:
        def read(name):
            return tar.extractfile(name).read()

        def blob(descriptor):
            kind, _, digest = descriptor["digest"].partition(":")
            data = read("blobs/%s/%s" % (kind, digest))
            assert hashlib.sha256(data).hexdigest() == digest and len(data) == descriptor["size"], descriptor
            return data
        assert json.loads(read("oci-layout")) == {"imageLayoutVersion": "1.0.0"}
        (entry,) = json.loads(read("index.json"))["manifests"]
        manifest = json.loads(blob(entry))
        config = json.loads(blob(manifest["config"]))
        layers = [blob(layer) for layer in manifest["layers"]]
        assert config["os"] == "linux" and config["architecture"] and len(layers) == 2
        assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(data).hexdigest() for data in layers]
        (docker,) = json.loads(read("manifest.json"))
        assert [hashlib.sha256(read(name)).hexdigest() for name in docker["Layers"]] == \
            [hashlib.sha256(data).hexdigest() for data in layers]
        assert json.loads(read(docker["Config"])) == config
        assert sorted(tar.getnames()) == sorted(set(tar.getnames()))
        for i, data in enumerate(layers):
            with open("%s/%d" % (folder, i), "wb") as f:
                f.write(data)


main()
