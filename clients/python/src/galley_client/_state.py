"""What a task has come to. A state may be newer than this client."""


def moves(state: str) -> bool:
    """Whether a worker has it, so that it changes without anybody's doing."""
    return state in ("pending", "generating")


def is_over(state: str) -> bool:
    """Whether nothing changes any more unless a person says so."""
    return state in ("published", "rejected", "cancelled", "archived", "failed")
