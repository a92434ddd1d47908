# Fails if the configuration on stdin has another `residual` than the file given.
import json
import sys

exported = json.load(sys.stdin)["residual"]
with open(sys.argv[1]) as file:
    given = json.load(file)["residual"]
if exported != given:
    sys.exit(f"exported {exported}\ngiven    {given}")
