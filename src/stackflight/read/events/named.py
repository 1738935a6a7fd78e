"""Lines that name what failed and leave the status out, as tools print them at their end -> drafts of failures."""

from __future__ import annotations

from stackflight.patterns import compile_later
from stackflight.read.events.drafts import Draft

_TYPE = r"(?P<type>[A-Za-z0-9]{2,64}::[A-Za-z0-9:]{2,130})"
_LINES = (
    # What CDK prints at the end: `Path/To/Resource  (AWS::X::Y LogicalId)`, and the reason on the next lines.
    compile_later(rf"^\s{{0,12}}\S{{1,400}}\s{{1,4}}\({_TYPE} (?P<id>[A-Za-z][A-Za-z0-9]{{0,254}})\)\s*$"),
    # The same line of its progress without the columns before it: `Path/To/Resource (LogicalId) reason`.
    compile_later(
        r"^\s{0,12}[\w.-]{1,200}(?:/[\w.-]{1,200}){1,20} \((?P<id>[A-Za-z][A-Za-z0-9]{5,254})\):? "
        r"(?P<reason>(?:Resource handler returned message|[^|]{4,2000}\(Service: ).*)$"
    ),
    # A list of what failed: `- AWS::X::Y LogicalId reason`.
    compile_later(
        r"^\s{0,12}[-*•] (?P<type>(?:AWS|Custom|Alexa)::[A-Za-z0-9:_@-]{2,130}) (?P<id>[A-Za-z][A-Za-z0-9-]{0,254}) (?P<reason>\S.{7,})$"
    ),
    # A resource, or a construct's path, before what CloudFormation gives as its reason.
    compile_later(
        r"^\s{0,12}(?:[-*•✖✘❌]\s{1,3})?(?:[\w.-]{1,200}/){0,20}(?!(?i:error|reason|message|warning|cause|details?|failed|info)\b)(?=[^:]{0,254}[a-z])"
        r"(?P<id>[A-Za-z][\w-]{1,254}): (?P<reason>(?:Resource handler returned message|Received response status \[FAILED\]|CloudFormation did not receive a response).*)$"
    ),
    # A resource of Pulumi's below what it belongs to, as SST prints them: `App sst:aws:Nextjs → AppCdn aws:cloudfront:Distribution`.
    compile_later(
        r"^[\s|]{0,12}(?:Error\s{1,12})?(?:\S{1,200} [\w-]{2,40}(?::[\w/-]{1,80}){1,3} → ){0,8}"
        r"(?P<id>[A-Za-z][\w-]{0,254}) (?:aws|aws-native):[\w/-]{1,80}:\w{1,80}\s*$"
    ),
)


def named_failure(line: str) -> Draft | None:
    """The failure that a line names; None where it is none of these."""
    for pattern in _LINES:
        if match := pattern.match(line):
            parts = match.groupdict()
            return Draft(
                "CREATE_FAILED", parts.get("type") or "", "type status", match["id"], "", parts.get("reason") or "", "", len(line)
            )  # fmt: skip
    return None
