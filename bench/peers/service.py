"""The same create as a service, as the system was that Galley replaces: FastAPI under uvicorn."""

from fastapi import FastAPI, Header

from create import create
from model import Task

app = FastAPI()


@app.get("/ready")
def ready():
    return {}


@app.post("/api/content/tasks", status_code=201)
def create_task(task: Task, authorization: str = Header()):
    return create("default", "dev-author", task.model_dump())
