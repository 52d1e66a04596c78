"""A request, checked as a peer would: with pydantic."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Task(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    topic: str = Field(min_length=3, max_length=200)
    task_type: Literal["blog_post", "social_media", "email", "newsletter"] = "blog_post"
    style: Literal["technical", "narrative", "listicle", "educational", "thought-leadership"] = "technical"
    tone: Literal["professional", "casual", "academic", "inspirational"] = "professional"
    target_length: int = Field(default=1500, ge=200, le=5000)
    tags: list[str] = Field(default_factory=list, max_length=10)
    categories: list[str] = Field(default_factory=list, max_length=5)
    metadata: dict[str, str] = Field(default_factory=dict)
