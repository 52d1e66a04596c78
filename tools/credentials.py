"""Prints the credentials and the region that AWS's own tools would use, for a shell to evaluate: of AWS_PROFILE, single sign-on included.

    eval "$(.tools/bin/python tools/credentials.py)"
"""

import os
import shlex
import sys

import botocore.exceptions
import botocore.session


def main() -> int:
    session = botocore.session.get_session()
    try:
        found = session.get_credentials()
        frozen = found.get_frozen_credentials() if found else None
        # botocore itself reads AWS_DEFAULT_REGION alone.
        region = os.environ.get("AWS_REGION") or session.get_config_variable("region")
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        print(f"no credentials: {error}", file=sys.stderr)
        return 1
    if frozen is None or not region:
        print("no credentials: set AWS_PROFILE, or log in; and AWS_REGION, or the profile's region", file=sys.stderr)
        return 1
    told = {"AWS_ACCESS_KEY_ID": frozen.access_key, "AWS_SECRET_ACCESS_KEY": frozen.secret_key, "AWS_REGION": region}
    if frozen.token:
        told["AWS_SESSION_TOKEN"] = frozen.token
    for name, value in told.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
