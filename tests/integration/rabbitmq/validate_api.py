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


def schema_of(content, *parts):
    """A reference to the schema of a body, where `parts` lead to what holds its `content`."""
    schema = content["content"]["application/json"]["schema"]
    return OPENAPI + schema["$ref"] if "$ref" in schema else OPENAPI + pointer(*parts, "content", "application/json", "schema")


def reply_schema(operation, status):
    response = operations[operation]["responses"].get(status) or operations[operation]["responses"]["default"]
    parts = response["$ref"].removeprefix("#/").split("/")
    return schema_of(follow(response), *parts)


def check_request(operation, exchange):
    item = documents[OPENAPI]["paths"][operation[1]]
    parameters = [follow(p) for p in item.get("parameters", []) + operations[operation].get("parameters", [])]
    known = {p["name"] for p in parameters if p["in"] == "query"}
    query = urllib.parse.urlsplit(exchange["uri"]).query
    used = {key for key, _ in urllib.parse.parse_qsl(query)}
    expect(used <= known, f"{operation} took {used - known}")
    if exchange["body"]:
        body = operations[operation].get("requestBody")
        expect(body, f"{operation} took a body")
        if body:
            check(f"body of {operation}", json.loads(exchange["body"]), schema_of(body))


def optional_properties(schema):
    """Of a request body: what may be left out, and so may be null."""
    body = follow(lookup(OPENAPI, schema.removeprefix(OPENAPI)))
    return body["properties"].keys() - body.get("required", [])


def is_file(operation):
    return "application/json" not in follow(operations[operation]["responses"]["200"])["content"]


error_schema = OPENAPI + "#/components/schemas/Error"
for transport in ["http", "amqp"]:
    seen = set()
    with_nulls = {}
    for exchange in recording[transport]:
        operation = find_operation(exchange["method"], exchange["uri"])
        reply = exchange["reply"]
        succeeded = reply["status_code"] == 200
        seen.add((operation, succeeded))
        what = f"{transport} {exchange['method']} {exchange['uri']}"
        if operation is None:
            expect(not succeeded, f"{what} is not described")
            check(what, reply["data"], error_schema)
            continue
        check(what, reply["data"], reply_schema(operation, str(reply["status_code"])))
        if succeeded:
            check_request(operation, exchange)
            body = json.loads(exchange["body"] or "null")
            if isinstance(body, dict):
                with_nulls.setdefault(operation, set()).update(key for key, value in body.items() if value is None)
    for operation in described:
        for succeeded in [False] if is_file(operation) else [True, False]:
            expect((operation, succeeded) in seen, f"{transport}: no reply to {operation}, succeeded: {succeeded}")
        if body := operations[operation].get("requestBody"):
            lacking = optional_properties(schema_of(body)) - with_nulls.get(operation, set())
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

# What the process says of itself.
statuses = set()
for answer in recording["process"]:
    status = str(answer["status_code"])
    responses = pointer("paths", answer["path"], "get", "responses", status)
    content = lookup(OPENAPI, responses)["content"]["application/json"]
    check(answer["path"], answer["data"], OPENAPI + content["schema"]["$ref"])
    statuses.add((answer["path"], status))
expect(statuses == {("/healthz", "200"), ("/readyz", "200"), ("/readyz", "503")}, f"the process said {statuses}")

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
