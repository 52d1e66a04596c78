"""The same create as a Lambda function in Python, with what such functions usually have in them."""

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from pydantic import ValidationError

from create import create
from model import Task

logger = Logger(service="peer")
app = APIGatewayHttpResolver()


@app.post("/api/content/tasks")
def create_task():
    try:
        request = Task.model_validate(app.current_event.json_body).model_dump()
    except ValidationError as error:
        return Response(status_code=400, content_type="application/problem+json", body=error.json())
    identity = app.current_event.request_context.authorizer.get_lambda
    task = create(identity["tenant"], identity["subject"], request)
    logger.info("created", task_id=task["task_id"])
    return task, 201


def handler(event, context):
    return app.resolve(event, context)
