"""D4, events of a code forge: nested JSON of 300 to 3,000 bytes, its shape depending on the type of the event.

A table keeps the nested objects as JSON: Pinot puts no object into a STRING.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from scripts.bench.data.chance import Chance
from scripts.bench.data.dataset import FIRST_MS, DataSet, Values, from_columns

TYPES = ("PushEvent", "PushEvent", "PushEvent", "WatchEvent", "IssuesEvent", "PullRequestEvent", "CreateEvent")
WORDS = ("fix", "the", "build", "of", "parser", "tests", "and", "remove", "dead", "code", "in", "release", "notes")
COMMITS_MAX = 8
API = "https://api.example.org"

Payload = Mapping[str, Any]


def _columns(chance: Chance) -> Values:
    types, users, repos = chance.one_of(TYPES), chance.uneven(200_000).tolist(), chance.uneven(50_000).tolist()
    sizes, seeds = chance.below(COMMITS_MAX + 1, 1).tolist(), chance.hexes(12)
    payloads = map(_payload, types, users, sizes, seeds)
    return {
        "id": 10_000_000_000 + chance.numbers,
        "type": types,
        "actor": [_actor(user) for user in users],
        "repo": [{"id": repo, "name": _repo(repo), "url": f"{API}/repos/{_repo(repo)}"} for repo in repos],
        "payload": list(payloads),
        "public": chance.happens(0.98),
        "created_at": FIRST_MS + chance.numbers * 10,
    }


def _actor(user: int) -> Payload:
    return {"id": user, "login": f"user{user}", "url": f"{API}/users/user{user}", "avatar_url": f"{API}/a/{user}?"}


def _repo(number: int) -> str:
    return f"org{number % 997}/project{number}"


def _payload(kind: str, user: int, size: int, seed: str) -> Payload:
    return _PAYLOADS[kind](user, size, seed)


def _push(user: int, size: int, seed: str) -> Payload:
    commits = [_commit(user, f"{seed}{number:028x}") for number in range(size)]
    return {"push_id": int(seed, 16), "size": size, "ref": "refs/heads/main", "head": seed, "commits": commits}


def _commit(user: int, sha: str) -> Payload:
    author = {"name": f"User {user}", "email": f"user{user}@example.org"}
    return {"sha": sha, "author": author, "message": _text(sha, 8), "distinct": True, "url": f"{API}/commits/{sha}"}


def _issue(user: int, size: int, seed: str) -> Payload:
    labels = [{"id": number, "name": word} for number, word in enumerate(WORDS[:size])]
    text = {"title": _text(seed, 6), "body": _text(seed, 20 * size)}
    issue = {"number": int(seed[:4], 16), "user": _actor(user), "labels": labels, "comments": size, **text}
    return {"action": "opened" if size % 2 else "closed", "issue": issue}


def _pull_request(user: int, size: int, seed: str) -> Payload:
    head = {"ref": f"topic-{seed}", "sha": seed, "user": _actor(user)}
    change = {"additions": size * 17, "deletions": size * 3, "merged": size % 3 == 0}
    text = {"title": _text(seed, 6), "body": _text(seed, 20 * size)}
    return {"action": "opened", "number": int(seed[:4], 16), "pull_request": {"head": head, **change, **text}}


def _text(seed: str, words: int) -> str:
    """As many words, chosen by the digits of `seed`."""
    return " ".join(WORDS[(int(seed[at % 12], 16) + at) % len(WORDS)] for at in range(words))


_PAYLOADS: dict[str, Callable[[int, int, str], Payload]] = {
    "PushEvent": _push,
    "WatchEvent": lambda _user, _size, _seed: {"action": "started"},
    "IssuesEvent": _issue,
    "PullRequestEvent": _pull_request,
    "CreateEvent": lambda _user, _size, seed: {"ref": f"topic-{seed}", "ref_type": "branch", "master_branch": "main"},
}

GITHUB = DataSet(
    "github",
    (
        ("created_at", pa.int64()),
        ("id", pa.int64()),
        ("type", pa.string()),
        ("actor", pa.json_()),
        ("repo", pa.json_()),
        ("payload", pa.json_()),
        ("public", pa.bool_()),
    ),
    "created_at",
    from_columns(_columns),
    keys=("id",),
)
