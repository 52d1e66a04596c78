"""Creates the stack on moto, as far as moto knows its resources, and updates it: no data is replaced, whatever else is.

The template is first what SAM makes of it. What moto does not know is left out, and named where it is referred to; a condition, a
reference or a policy that CloudFormation could not resolve ends it. Prints what was created.
"""

import collections
import io
import json
import logging
import os
import pathlib
import re
import sys
import zipfile

os.environ.update(AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="nobody", AWS_SECRET_ACCESS_KEY="nothing")

import boto3
from moto import mock_aws
from moto.cloudformation.parsing import resource_class_from_type
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STAGE = [{"ParameterKey": "Stage", "ParameterValue": "staging"}]
# What the template may not need more of (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html).
MOST_RESOURCES, MOST_BYTES = 500, 1024 * 1024
# They name aliases, which moto does not know and asks for.
OF_ALIASES = ("AWS::Lambda::Permission", "AWS::Lambda::EventSourceMapping", "AWS::Events::Rule")


def translated(change) -> dict:
    """The template as SAM translates it, after a change of its source."""
    source = yaml_parse((ROOT / "template.yaml").read_text())
    change(source)
    for resource in source["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://code/function.zip"
    made = Translator({}, Parser()).translate(source, {"Stage": "staging"})
    assert len(made["Resources"]) <= MOST_RESOURCES and len(json.dumps(made)) <= MOST_BYTES
    return made


def known_part(template: dict) -> dict:
    def is_known(kind):
        return kind not in OF_ALIASES and resource_class_from_type(kind) is not None

    unknown = {id for id, one in template["Resources"].items() if not is_known(one["Type"])}

    def named(value):
        """With the names of what is left out in the place of references to it."""
        match value:
            case {"Ref": str(id)} if id in unknown:
                return f"arn:aws:unknown:us-east-1:123456789012:{id}"
            case {"Fn::GetAtt": [id, *_]} if id in unknown:
                return f"arn:aws:unknown:us-east-1:123456789012:{id}"
            case {"Fn::Sub": str(text)}:
                left_out = lambda found: found[1].split(".")[0] if found[1].split(".")[0] in unknown else found[0]
                return {"Fn::Sub": re.sub(r"\$\{([A-Za-z0-9.]+)\}", left_out, text)}
            case dict():
                return {name: named(inner) for name, inner in value.items()}
            case list():
                return [named(inner) for inner in value]
        return value

    resources = {id: one for id, one in template["Resources"].items() if id not in unknown}
    for one in resources.values():
        needs = [one["DependsOn"]] if isinstance(one.get("DependsOn"), str) else one.get("DependsOn", [])
        one["DependsOn"] = [id for id in needs if id not in unknown]
    outputs = {name: one for name, one in template["Outputs"].items() if not any(id in json.dumps(one) for id in unknown)}
    # Rules are CloudFormation's own, and cfn-lint's to check.
    rest = {name: part for name, part in template.items() if name not in ("Resources", "Outputs", "Rules")}
    return named({**rest, "Resources": resources, "Outputs": outputs})


def stands(cloudformation) -> dict:
    """Every resource's physical name, of a stack that is done."""
    stack = cloudformation.describe_stacks(StackName="galley-staging")["Stacks"][0]
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), stack["StackStatus"]
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName="galley-staging")
    summaries = [one for page in pages for one in page["StackResourceSummaries"]]
    return {one["LogicalResourceId"]: (one["ResourceType"], one["PhysicalResourceId"]) for one in summaries}


@mock_aws
def main() -> int:
    logging.disable(logging.CRITICAL)
    s3, cloudformation = boto3.client("s3"), boto3.client("cloudformation")
    s3.create_bucket(Bucket="code")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("bootstrap", "a program")
    s3.put_object(Bucket="code", Key="function.zip", Body=packed.getvalue())

    def put(change) -> str:
        s3.put_object(Bucket="code", Key="template.json", Body=json.dumps(known_part(translated(change))))
        return "https://code.s3.amazonaws.com/template.json"

    asked = {"StackName": "galley-staging", "Parameters": STAGE, "Capabilities": ["CAPABILITY_IAM"]}
    cloudformation.create_stack(TemplateURL=put(lambda source: None), **asked)
    before = stands(cloudformation)
    kinds = collections.Counter(kind for kind, _ in before.values())
    assert kinds["AWS::Lambda::Function"] >= 14 and kinds["AWS::DynamoDB::Table"] == 1, kinds
    table = boto3.client("dynamodb").describe_table(TableName=before["Table"][1])["Table"]
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == {"by_tenant", "by_state", "due"}
    for id, (kind, name) in before.items():
        if kind == "AWS::Lambda::Function" and id != "SmokeTestFunction":
            given = boto3.client("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]
            assert (given["GALLEY_TABLE"], given["GALLEY_STAGE"]) == (before["Table"][1], "staging"), id

    def calmer(source):
        source["Parameters"]["LeaseSeconds"]["Default"] = 120

    cloudformation.update_stack(TemplateURL=put(calmer), **asked)
    after = stands(cloudformation)
    data = [id for id, (kind, _) in before.items() if kind in ("AWS::DynamoDB::Table", "AWS::SQS::Queue")]
    assert all(before[id] == after[id] for id in data), "an update replaced what holds data"
    for kind, count in sorted(kinds.items()):
        print(f"{count:>4}  {kind}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
