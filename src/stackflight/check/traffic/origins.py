"""World -> findings on buckets that the distribution in front of them may not read.

Source: Amazon CloudFront Developer Guide (restrict access to an Amazon S3 origin).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import WARNING, Check, finds
from stackflight.check.outcome import broken, handed_out
from stackflight.check.readers.policies import may_allow, policies_of
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Value, as_dict, as_list, references_in

ORIGIN_NOT_READABLE = Check(
    "origin-not-readable",
    found_when="a distribution may not read the bucket that it serves",
    explains="With an origin access control CloudFront reads under its own name, which a policy of the bucket has to allow. Bucket and "
    "policies are in the templates.",
    may=(WARNING,),
    weighed="the deployment succeeds, and viewers get 403",
    sources=(
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
    ),
)


@finds(ORIGIN_NOT_READABLE)
def find_unreadable_origins(case: Case) -> Iterator[Finding]:
    """Buckets behind an origin access control that do not let CloudFront read."""
    for distribution in case.world.of_type("AWS::CloudFront::Distribution"):
        for index, item in enumerate(as_list(distribution.get("DistributionConfig", "Origins"))):
            origin = as_dict(item)
            bucket = _bucket(case, origin.get("DomainName"))
            if bucket is None or not origin.get("OriginAccessControlId") or handed_out(case, bucket.address):
                continue
            documents = policies_of(case, bucket.address)
            if documents is None or may_allow(documents, "cloudfront", "s3:GetObject", accounts=True):
                continue
            has = "no policy of it lets cloudfront.amazonaws.com read" if documents else "it has no bucket policy"
            yield broken(
                case, ORIGIN_NOT_READABLE, [distribution.address, bucket.address],
                f"{distribution.address} serves {bucket.address} through an origin access control, and {has}: viewers get 403",
                "add a bucket policy that allows cloudfront.amazonaws.com s3:GetObject on the bucket's objects, with the "
                "distribution as aws:SourceArn", ("DistributionConfig", "Origins", index),
            )  # fmt: skip


def _bucket(case: Case, domain: Value) -> Resource | None:
    """The bucket whose domain name (not its website) an origin is."""
    for reference in references_in(domain):
        found = case.resources.get(reference.address)
        if (
            found is not None
            and found.type == "AWS::S3::Bucket"
            and reference.attribute in {"DomainName", "RegionalDomainName", "Ref"}
        ):
            return found
    return None
