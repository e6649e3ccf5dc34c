"""Judges a recorded session by the API documents; prints what does not fit, and fails then.

usage: validate_api.py RECORDING OPENAPI ASYNCAPI
"""
import json
import re
import sys
import urllib.parse

import jsonschema
import yaml

try:
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012
except ImportError:  # jsonschema before 4.18
    Registry = None

JSON = "application/json"
OPENAPI, ASYNCAPI = "file:///openapi.yaml", "file:///asyncapi.yaml"

with open(sys.argv[1], encoding="utf-8") as file:
    recording = json.load(file)
documents = {}
for uri, path in [(OPENAPI, sys.argv[2]), (ASYNCAPI, sys.argv[3])]:
    with open(path, encoding="utf-8") as file:
        documents[uri] = yaml.safe_load(file)

complaints = []


def expect(condition, complaint):
    if not condition:
        complaints.append(complaint)


def lookup(base, reference):
    """What a reference in the document `base` refers to."""
    uri, _, fragment = urllib.parse.urljoin(base, reference).partition("#")
    node = documents[uri]
    for part in fragment.split("/")[1:]:
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


if Registry:
    all_documents = {
        "registry": Registry().with_resources(
            (uri, DRAFT202012.create_resource(document)) for uri, document in documents.items()
        )
    }
else:
    all_documents = {"resolver": jsonschema.RefResolver(ASYNCAPI, documents[ASYNCAPI], store=documents)}


def errors_of(value, schema):
    """Why a value does not fit a schema, given as a reference; empty where it does."""
    validator = jsonschema.Draft202012Validator({"$ref": schema}, **all_documents)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def check(what, value, *schemas):
    """The value fits exactly one of the schemas."""
    errors = {schema: errors_of(value, schema) for schema in schemas}
    fitting = [schema for schema in schemas if not errors[schema]]
    expect(len(fitting) == 1, f"{what}: {value} fits {fitting}: {errors}")


def pointer(*parts):
    return "#/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)


def follow(node):
    """A part of openapi.yaml, or what it refers to there."""
    while "$ref" in node:
        node = lookup(OPENAPI, node["$ref"])
    return node


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    for child in node if isinstance(node, list) else []:
        yield from references(child)


# The documents themselves.
for uri, document in documents.items():
    for name, schema in document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
    for reference in references(document):
        lookup(uri, reference)

# AsyncAPI's AMQP binding 0.3.0.
BINDING_KEYS = {
    "messages": {"contentEncoding", "messageType", "bindingVersion"},
    "operations": {"expiration", "userId", "cc", "priority", "deliveryMode", "mandatory", "bcc", "timestamp", "ack",
                   "bindingVersion"},
}


def named(node, kind):
    """What stands anywhere below `kind`, by name."""
    if isinstance(node, dict):
        yield from node[kind].items() if isinstance(node.get(kind), dict) else []
        for child in node.values():
            yield from named(child, kind)


for kind, known in BINDING_KEYS.items():
    for name, part in named(documents[ASYNCAPI], kind):
        unknown = part.get("bindings", {}).get("amqp", {}).keys() - known
        expect(not unknown, f"asyncapi.yaml: AMQP has no {sorted(unknown)} for {kind}, which {name} binds")

operations = {}  # by method and path: the operation and its schemas
for path, item in documents[OPENAPI]["paths"].items():
    for method in {"get", "post", "put", "delete"} & item.keys():
        operations[method.upper(), path] = item[method]
names = [operation["operationId"] for operation in operations.values()]
expect(len(names) == len(set(names)), f"an operationId stands for two: {sorted(names)}")

# The router's own table. The paths of the process itself are not the router's.
described = {operation for operation in operations if operation[1].startswith("/v1/")}
routed = {(operation["method"], operation["path"]) for operation in recording["operations"]}
expect(described == routed, f"only in openapi.yaml: {described - routed}, only routed: {routed - described}")


def parameters_of(operation):
    item = documents[OPENAPI]["paths"][operation[1]]
    return [follow(p) for p in item.get("parameters", []) + operations[operation].get("parameters", [])]


for entry in recording["operations"]:
    operation = (entry["method"], entry["path"])
    if operation in described:
        headers = {p["name"] for p in parameters_of(operation) if p["in"] == "header"}
        known = {"X-Request-Id", "Idempotency-Key"} if entry["changes"] else {"X-Request-Id"}
        expect(headers == known, f"{operation} has the headers {headers}")

for channel, address in recording["addresses"].items():
    stated = documents[ASYNCAPI]["channels"][channel]["address"]
    expect(stated == address, f"asyncapi.yaml has {stated} for {address}")


# Requests and replies.
def find_operation(method, uri):
    path = uri.split("?")[0]
    for operation in described:
        if operation[0] == method and re.fullmatch(operation[1].replace("{id}", "[^/]+"), path):
            return operation
    return None


def schema_of(media_type, *parts):
    """A reference to the schema of a body in openapi.yaml, where `parts` lead to what holds its `content`."""
    content = lookup(OPENAPI, pointer(*parts))["content"]
    if media_type not in content:
        complaints.append(f"{parts} has no {media_type}")
        media_type = next(iter(content))
    schema = content[media_type]["schema"]
    return OPENAPI + schema.get("$ref", pointer(*parts, "content", media_type, "schema"))


def check_answer(what, operation, answer):
    """An answer has the status, the media type and the form that openapi.yaml has."""
    method, path = operation
    responses = operations[operation]["responses"]
    status = str(answer["status_code"])
    status = status if status in responses else "default"
    if status not in responses:
        complaints.append(f"{what}: {answer['status_code']} is not described")
        return
    parts = ["paths", path, method.lower(), "responses", status]
    if "$ref" in responses[status]:
        parts = responses[status]["$ref"].removeprefix("#/").split("/")
    schema = schema_of(answer["media_type"], *parts)
    if "data" in answer:  # of a stream, only the head was read
        check(what, answer["data"], schema)


def check_request(operation, exchange):
    known = {p["name"] for p in parameters_of(operation) if p["in"] == "query"}
    query = urllib.parse.urlsplit(exchange["uri"]).query
    used = {key for key, _ in urllib.parse.parse_qsl(query)}
    expect(used <= known, f"{operation} took {used - known}")
    if exchange["body"]:
        method, path = operation
        body = operations[operation].get("requestBody")
        expect(body, f"{operation} took a body")
        if body:
            schema = schema_of(exchange["media_type"], "paths", path, method.lower(), "requestBody")
            check(f"body of {operation}", content_of(exchange), schema)


def content_of(exchange):
    return json.loads(exchange["body"] or "null") if exchange["media_type"] == JSON else exchange["body"]


def optional_properties(schema):
    """Of a request body: what may be left out, and so may be null."""
    body = follow(lookup(OPENAPI, schema.removeprefix(OPENAPI)))
    return body["properties"].keys() - body.get("required", [])


def media_types_of(operation):
    """What it takes and what it gives where it succeeds."""
    taken = operations[operation].get("requestBody", {}).get("content", {}).keys()
    given = follow(operations[operation]["responses"]["200"])["content"].keys()
    return {("takes", media_type) for media_type in taken} | {("gives", media_type) for media_type in given}


error_schema = OPENAPI + "#/components/schemas/Error"
for transport in ["http", "amqp"]:
    failed = set()
    media_types = {}
    with_nulls = {}
    for exchange in recording[transport]:
        operation = find_operation(exchange["method"], exchange["uri"])
        reply = {"media_type": JSON, **exchange["reply"]}
        succeeded = reply["status_code"] == 200
        what = f"{transport} {exchange['method']} {exchange['uri']}"
        if operation is None:
            expect(not succeeded, f"{what} is not described")
            check(what, reply["data"], error_schema)
            continue
        check_answer(what, operation, reply)
        if not succeeded:
            failed.add(operation)
        else:
            check_request(operation, exchange)
            media_types.setdefault(operation, set()).add(("gives", reply["media_type"]))
            if exchange["body"]:
                media_types[operation].add(("takes", exchange["media_type"]))
            body = content_of(exchange)
            if isinstance(body, dict):
                with_nulls.setdefault(operation, set()).update(key for key, value in body.items() if value is None)
    for operation in described:
        expect(operation in failed, f"{transport}: {operation} never failed")
        # A queue knows JSON only.
        lacking = {pair for pair in media_types_of(operation) if transport == "http" or pair[1] == JSON}
        lacking -= media_types.get(operation, set())
        expect(not lacking, f"{transport}: {operation}, where it succeeded, never {lacking}")
        if "requestBody" in operations[operation]:
            method, path = operation
            schema = schema_of(JSON, "paths", path, method.lower(), "requestBody")
            lacking = optional_properties(schema) - with_nulls.get(operation, set())
            expect(not lacking, f"{transport}: {operation} was never sent with null as {lacking}")

messages = ASYNCAPI + "#/components/schemas/"
for exchange in recording["amqp"]:
    if exchange["reply"]["status_code"] == 200:
        check("request", exchange["envelope"], messages + "RequestEnvelope")
    check("reply", exchange["reply"], messages + "ReplyEnvelope", messages + "ErrorEnvelope")

# Every error that there is. Nobody is unauthenticated on a queue.
statuses = set()
for reply in recording["errors"]:
    check("error", reply["data"], error_schema)
    statuses.add(reply["data"]["status"])
    if reply["status_code"] != 401:
        check("error", reply, messages + "ReplyEnvelope", messages + "ErrorEnvelope")
stated = set(documents[OPENAPI]["components"]["schemas"]["Error"]["properties"]["status"]["enum"])
expect(stated == statuses, f"openapi.yaml has the statuses {stated}, there are {statuses}")

# What the process says of itself, and the page.
answered = set()
for answer in recording["process"]:
    check_answer(answer["path"], ("GET", answer["path"]), answer)
    answered.add((answer["path"], str(answer["status_code"])))
stated = {(path, status) for _, path in operations.keys() - described for status in operations["GET", path]["responses"]}
expect(answered == stated, f"openapi.yaml has the answers {stated}, there were {answered}")

# Events and webhooks, of every type.
EVENTS = ["OutdialEvent", "TargetEvent", "ImportEvent"]
for channel, schemas in [("events", EVENTS), ("webhooks", ["WebhookRequest"])]:
    for message in recording[channel]:
        check(channel, message, *[messages + schema for schema in schemas])
types = {message["type"] for message in recording["events"]}
schemas = documents[ASYNCAPI]["components"]["schemas"]
type_schemas = [schemas[name]["properties"]["type"] for name in EVENTS]
stated = {kind for schema in type_schemas for kind in schema.get("enum", [schema.get("const")])}
expect(types == stated, f"asyncapi.yaml has the events {stated}, there were {types}")
webhook_types = {message["data"]["data"]["type"] for message in recording["webhooks"]}
expect(webhook_types == {kind for kind in stated if kind.startswith("outdial_")}, f"webhooks for {webhook_types}")

counts = {name: len(recording[name]) for name in ["operations", "errors", "http", "amqp", "process", "events", "webhooks"]}
print(*complaints, f"{len(complaints)} complaints; judged {counts}", sep="\n")
sys.exit(1 if complaints else 0)
