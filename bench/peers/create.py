"""What both peers do with a request: the same calls of the table and the queue as Galley's create-task."""

import hashlib
import json
import os
import time
import uuid

import boto3
from botocore.config import Config

CONFIG = Config(retries={"max_attempts": 3, "mode": "standard"}, connect_timeout=2, read_timeout=5)
TABLE = os.environ["GALLEY_TABLE"]
QUEUE = os.environ["GALLEY_WORK_QUEUE_URL"]
dynamodb = boto3.client("dynamodb", config=CONFIG, endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
sqs = boto3.client("sqs", config=CONFIG, endpoint_url=os.environ["AWS_ENDPOINT_URL_SQS"])


def create(tenant: str, subject: str, request: dict) -> dict:
    now = int(time.time())
    task_id = f"task_{uuid.uuid4().hex}"
    user = "u_" + hashlib.sha256(subject.encode()).hexdigest()[:16]
    dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"RATE#peer#{tenant}#{subject}"}, "sk": {"S": str(now // 60)}},
        UpdateExpression="SET #ttl = :ttl ADD used :one",
        ConditionExpression="attribute_not_exists(used) OR used < :limit",
        ExpressionAttributeNames={"#ttl": "ttl"},
        ExpressionAttributeValues={":one": {"N": "1"}, ":limit": {"N": "1000000"}, ":ttl": {"N": str(now + 600)}},
        ReturnValues="UPDATED_NEW",
    )
    dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"QUOTA#peer#{tenant}"}, "sk": {"S": time.strftime("%Y-%m-%d", time.gmtime(now))}},
        UpdateExpression="SET #ttl = :ttl ADD org :one, #user :one",
        ConditionExpression="attribute_not_exists(org) OR org < :limit",
        ExpressionAttributeNames={"#user": user, "#ttl": "ttl"},
        ExpressionAttributeValues={":one": {"N": "1"}, ":limit": {"N": "1000000"}, ":ttl": {"N": str(now + 86400)}},
    )
    task = {
        "pk": {"S": f"TASK#{task_id}"},
        "sk": {"S": "META"},
        "tenant": {"S": tenant},
        "state": {"S": "pending"},
        "version": {"N": "1"},
        "request": {"S": json.dumps(request)},
        "requested_by": {"S": subject},
        "created_at": {"N": str(now)},
        "due_at": {"N": str(now + 30)},
    }
    event = {"pk": {"S": f"TASK#{task_id}"}, "sk": {"S": f"EVT#{uuid.uuid4().hex}"}, "event": {"S": "created"}}
    hour = time.strftime("%Y-%m-%dT%H", time.gmtime(now))
    counter = {
        "TableName": TABLE,
        "UpdateExpression": "ADD #c0 :c0",
        "ExpressionAttributeNames": {"#c0": "blog_post"},
        "ExpressionAttributeValues": {":c0": {"N": "1"}},
    }
    link = {"pk": {"S": f"SUBJECT#peer#{tenant}#{subject}"}, "sk": {"S": f"task#{task_id}"}}
    dynamodb.transact_write_items(
        ClientRequestToken=uuid.uuid4().hex,
        TransactItems=[
            {"Put": {"TableName": TABLE, "Item": task, "ConditionExpression": "attribute_not_exists(pk)"}},
            {"Put": {"TableName": TABLE, "Item": event, "ConditionExpression": "attribute_not_exists(pk)"}},
            {"Update": counter | {"Key": {"pk": {"S": f"STAT#peer#{now % 16}"}, "sk": {"S": hour}}}},
            {"Update": counter | {"Key": {"pk": {"S": f"STAT#peer#{now % 16}"}, "sk": {"S": "TOTAL"}}}},
            {"Put": {"TableName": TABLE, "Item": link}},
        ],
    )
    message = {"v": 1, "kind": "generate", "tenant": tenant, "id": task_id, "trace_id": uuid.uuid4().hex}
    sqs.send_message(QueueUrl=QUEUE, MessageBody=json.dumps(message))
    return {"task_id": task_id, "status": "pending", "version": 1, **request}
