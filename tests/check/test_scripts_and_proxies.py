"""Proxies, start scripts in every form, builds and global services: faults and legal twins."""

from __future__ import annotations

import json

import pytest
from districts import SIG, Cases, from_block, from_group, function, group, judge_case, machine, role
from towns import att, ref, town

case = Cases()

# --- proxies
CODE = "import os,urllib.request,json\ndef handler(e,c): return urllib.request.urlopen('https://api.example.com/x',timeout=5).read()\n"


def proxy(egress=None, ing=None, code=CODE, subnet="PublicSubnet1", no=None):
    b = town(nat=False)
    group(b, "FnSg", egress=egress)
    group(b, "PxSg", ingress=ing if ing is not None else [from_group(3128, "FnSg")])
    b.add(
        "Px",
        "AWS::EC2::Instance",
        ["PublicRoute", "PublicLink1"],
        ImageId="ami-0123456789abcdef0",
        InstanceType="t3.small",
        NetworkInterfaces=[
            {
                "DeviceIndex": "0",
                "AssociatePublicIpAddress": True,
                "SubnetId": ref(subnet),
                "GroupSet": [att("PxSg", "GroupId")],
            }
        ],
    )
    env = {"HTTPS_PROXY": {"Fn::Sub": "http://${Px.PrivateIp}:3128"}}
    if no:
        env["NO_PROXY"] = no
    function(b, code=code, env=env)
    return b


@case("proxy-closed", ["PxSg"])
def _():
    return proxy(ing=[from_block(8888, "10.0.0.0/16")])


@case("proxy-ok")
def _():
    return proxy()


BOTO = "import boto3\ndef handler(e,c): return boto3.client('secretsmanager').get_secret_value(SecretId='x')\n"


@case("proxy-spares-service", ["Fn", "PrivateTable", "PrivateSubnet1"])
def _():
    return proxy(code=BOTO, no={"Fn::Sub": "secretsmanager.${AWS::Region}.amazonaws.com"})


def _():
    return proxy(code=BOTO)


@case("proxy-spares-aws", ["Fn", "PrivateTable", "PrivateSubnet1"])
def _():
    return proxy(code=BOTO, no="localhost,.amazonaws.com")


# --- user data forms
MIME = (
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="==B=="\n\n--==B==\nContent-Type: text/x-shellscript; charset="us-ascii"\n\n#!/bin/bash -e\ncurl -fsS https://example.com/setup.sh -o /tmp/s\n'
    + SIG
    + "\n--==B==--\n"
)


def iso(ud, nat=False, endpoints=("cloudformation",), **k):
    b = town(nat=nat, endpoints=endpoints)
    group(b, "BoxSg")
    machine(
        b,
        ud=ud,
        deps=[
            x for x in b.resources if x.startswith(("PrivateRoute", "PrivateLink", "Endpoint")) and x != "EndpointGroup"
        ],
        **k,
    )
    return b


W = ["Box", "PrivateTable", "PrivateSubnet1"]


@case("ud-shell", W)
def _():
    return iso("#!/bin/bash -e\ncurl -fsS https://example.com/setup.sh -o /tmp/s\n" + SIG)


@case("ud-shell-nat")
def _():
    return iso("#!/bin/bash -e\ncurl -fsS https://example.com/setup.sh -o /tmp/s\n" + SIG, nat=True)


@case("ud-mime", W)
def _():
    return iso(MIME)


@case("ud-mime-nat")
def _():
    return iso(MIME, nat=True)


@case("ud-cloudconfig", W)
def _():
    return iso(
        "#cloud-config\npackage_update: true\nruncmd:\n  - set -e\n  - [curl, -fsS, https://example.com/s.sh, -o, /tmp/s]\n  - /opt/aws/bin/cfn-signal -e $? --stack ${AWS::StackName} --resource Box --region ${AWS::Region}\n"
    )


@case("ud-cloudconfig-packages-apt", W)
def _():
    return iso(
        "#cloud-config\npackages:\n  - nginx\nruncmd:\n  - /usr/local/bin/cfn-signal -e $? --stack ${AWS::StackName} --resource Box --region ${AWS::Region}\n"
    )


@case("ud-powershell", W)
def _():
    return iso(
        "<powershell>\n$ErrorActionPreference = 'Stop'\nInvoke-WebRequest -Uri https://example.com/a.msi -OutFile C:\\a.msi\ncfn-signal.exe -e $LASTEXITCODE --stack ${AWS::StackName} --resource Box --region ${AWS::Region}\n</powershell>"
    )


@case("ud-dnf-s3-ok")
def _():
    return iso("#!/bin/bash -e\ndnf install -y nginx\n" + SIG, endpoints=("cloudformation", "s3"))


@case("ud-apt", W)
def _():
    return iso("#!/bin/bash -e\napt-get update\napt-get install -y nginx\n" + SIG, endpoints=("cloudformation", "s3"))


@case("ud-docker", W)
def _():
    return iso("#!/bin/bash -e\ndocker run -d -p 80:80 nginx:1.27\n" + SIG, endpoints=("cloudformation", "s3"))


@case("ud-docker-pull", W)
def _():
    return iso("#!/bin/bash -e\ndocker pull ghcr.io/acme/app:1\n" + SIG, endpoints=("cloudformation", "s3"))


@case("ud-docker-ecr-public", W)
def _():
    return iso(
        "#!/bin/bash -e\ndocker pull public.ecr.aws/nginx/nginx:1.27\n" + SIG, endpoints=("cloudformation", "s3")
    )


@case("ud-pip", W)
def _():
    return iso("#!/bin/bash -e\npip3 install flask\n" + SIG, endpoints=("cloudformation", "s3"))


@case("ud-npm", W)
def _():
    return iso("#!/bin/bash -e\nnpm ci\n" + SIG, endpoints=("cloudformation", "s3"))


@case("ud-git", W)
def _():
    return iso("#!/bin/bash -e\ngit clone https://github.com/acme/app.git\n" + SIG, endpoints=("cloudformation", "s3"))


@case("ud-aws-s3-ok")
def _():
    return iso("#!/bin/bash -e\naws s3 cp s3://acme-bucket/app.zip /tmp/\n" + SIG, endpoints=("cloudformation", "s3"))


@case("ud-aws-ssm", ["Box", "PrivateTable", "PrivateSubnet1"])
def _():
    return iso(
        "#!/bin/bash -e\naws ssm get-parameter --name /app/key --region ${AWS::Region}\n" + SIG,
        endpoints=("cloudformation", "s3"),
    )


@case("ud-signal-no-endpoint", W)
def _():
    return iso("#!/bin/bash -e\necho hi\n" + SIG, endpoints=("s3",))


# --- builds
def build(
    spec,
    endpoints=("logs", "s3"),
    nat=False,
    image="aws/codebuild/amazonlinux2-x86_64-standard:5.0",
    typ="NO_SOURCE",
    **k,
):
    b = town(nat=nat, endpoints=endpoints)
    group(b, "BuildSg")
    role(b, "BuildRole", "codebuild.amazonaws.com", ["logs:*", "ec2:*"])
    b.add(
        "Build",
        "AWS::CodeBuild::Project",
        ServiceRole=att("BuildRole", "Arn"),
        Source={"Type": typ, "BuildSpec": spec},
        Artifacts={"Type": "NO_ARTIFACTS"},
        Environment={"ComputeType": "BUILD_GENERAL1_SMALL", "Image": image, "Type": "LINUX_CONTAINER", **k},
        VpcConfig={
            "VpcId": ref("Vpc"),
            "Subnets": [ref("PrivateSubnet1")],
            "SecurityGroupIds": [att("BuildSg", "GroupId")],
        },
    )
    return b


def spec(*cmds):
    return "version: 0.2\nphases:\n  build:\n    commands:\n" + "".join(f"      - {c}\n" for c in cmds)


B = ["Build", "PrivateTable", "PrivateSubnet1"]


@case("build-npm", B)
def _():
    return build(spec("npm ci"))


@case("build-npm-nat")
def _():
    return build(spec("npm ci"), nat=True)


@case("build-docker-unseen")  # its Dockerfile lies among the sources: it may be built on an image of Amazon ECR
def _():
    return build(spec("docker build -t app ."))


@case("build-docker-pull", B)
def _():
    return build(spec("docker pull node:20"))


@case("build-docker-base", B)
def _():
    return build(spec("echo 'FROM public.ecr.aws/docker/library/node:20' > Dockerfile", "docker build -t app ."))


@case("build-docker-stages", B)
def _():
    return build(
        "version: 0.2\nphases:\n  build:\n    commands:\n      - |\n        cat > Dockerfile <<EOF\n"
        "        FROM golang:1.23 AS made\n        RUN go version\n        FROM made\n        EOF\n        docker build .\n"
    )


@case("build-docker-scratch")
def _():
    return build(spec("printf 'FROM scratch\\nCOPY app /app\\n' | docker build -f - ."))


@case("build-apt", B)
def _():
    return build(spec("apt-get update && apt-get install -y jq"))


@case("build-pip-requirements", B)
def _():
    return build(spec("pip install -r requirements.txt"))


@case("build-runtime-versions")
def _():
    return build("version: 0.2\nphases:\n  build:\n    commands:\n      - echo hi\n")


@case("build-public-subnet", ["Build"])
def _():
    b = build(spec("npm ci"))
    b.set(
        "Build",
        VpcConfig={
            "VpcId": ref("Vpc"),
            "Subnets": [ref("PublicSubnet1")],
            "SecurityGroupIds": [att("BuildSg", "GroupId")],
        },
    )
    return b


@case("build-ecr-login", B)
def _():
    return build(
        spec(
            "aws ecr get-login-password | docker login --username AWS --password-stdin 1.dkr.ecr.eu-west-1.amazonaws.com"
        )
    )


@case("build-proxy-json")
def _():
    return build(spec("npm config set proxy http://10.0.0.9:3128", "npm ci"))


@case("build-multiline", B)
def _():
    return build(
        "version: 0.2\nphases:\n  build:\n    commands:\n      - |\n        set -e\n        pip install flask\n"
    )


@case("build-list-json", B)
def _():
    return build(json.dumps({"version": 0.2, "phases": {"build": {"commands": ["yarn install --frozen-lockfile"]}}}))


@case("build-poetry", B)
def _():
    return build(spec("poetry install"))


@case("build-go", B)
def _():
    return build(spec("go mod download"))


@case("build-mvn", B)
def _():
    return build(spec("mvn -q package"))


# --- global services
def glob(client, call):
    b = town(nat=False, endpoints=("sts", "s3"))
    group(b, "FnSg")
    function(b, code=f"import boto3\ndef handler(e,c): return boto3.client('{client}').{call}\n")
    return b


for c, m in (
    ("iam", "list_users()"),
    ("route53", "list_hosted_zones()"),
    ("cloudfront", "list_distributions()"),
    ("globalaccelerator", "list_accelerators()"),
    ("organizations", "list_accounts()"),
    ("ce", "get_cost_and_usage()"),
    ("shield", "list_protections()"),
    ("waf", "list_web_acls()"),
    ("budgets", "describe_budgets()"),
    ("support", "describe_cases()"),
    ("account", "get_contact_information()"),
):
    case("global-" + c, ["Fn", "PrivateTable", "PrivateSubnet1"])(lambda c=c, m=m: glob(c, m))


@pytest.mark.parametrize(("build", "blamed"), case.items)
def test_a_fault_is_told_and_a_legal_town_left_in_peace(build, blamed):
    judge_case(build, blamed)
