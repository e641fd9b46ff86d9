"""A bucket that is not there yet is made; everything else in a bucket is done by `storage.objects.bucket`."""

from __future__ import annotations

from mir_models.errors import MirlitonError, ParameterError

THERE = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")


def make_bucket(address: str) -> bool:
    """Make the bucket of a URL ``s3://bucket/prefix`` where there is none; obstore cannot.

    Returns
    -------
    bool
        Whether it was made.

    Raises
    ------
    ParameterError
        For another URL.
    MirlitonError
        When the server does not answer, or does not let this machine make one.
    """
    scheme, _, path = address.partition("://")
    if scheme != "s3":
        raise ParameterError(
            "s3://BUCKET to be made", received=address, remedy="make it yourself, without --make-bucket"
        )
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    name = path.partition("/")[0]
    client = boto3.client("s3", config=Config(connect_timeout=5, retries={"total_max_attempts": 2}))
    region = client.meta.region_name
    elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
    try:
        if name in {each["Name"] for each in client.list_buckets()["Buckets"]}:
            return False
        client.create_bucket(Bucket=name, **elsewhere)
    except ClientError as error:
        if error.response["Error"]["Code"] in THERE:
            return False
        raise _error(name, error) from error
    except BotoCoreError as error:
        raise _error(name, error) from error
    return True


def _error(name: str, error: Exception) -> MirlitonError:
    remedy = "check AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or make the bucket yourself"
    return MirlitonError(f"to make the bucket {name}", received=str(error).splitlines()[0], remedy=remedy)
