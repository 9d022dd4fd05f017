"""A server of tools for the tests: one line of JSON in, one out. It leaves a mark beside itself when it is started."""
import json
import os
import sys

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "started.txt"), "a") as mark:
    mark.write("started\n")
if "--silent" in sys.argv:
    for line in sys.stdin:
        pass
    sys.exit(0)
if "--broken" in sys.argv:
    sys.exit("there is no database")

TOOLS = [
    {
        "name": "say",
        "description": "Says a text back.",
        "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
        "annotations": {"readOnlyHint": True},
    },
    {
        "name": "env",
        "description": "Says what a variable holds.",
        "inputSchema": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    },
]


def answer(method, params):
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "echo", "version": "2.1"},
        }
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        arguments = params.get("arguments", {})
        text = "you said " + arguments["text"] if params["name"] == "say" else repr(os.environ.get(arguments["name"]))
        return {"content": [{"type": "text", "text": text}]}
    return None


for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    result = answer(message["method"], message.get("params", {}))
    reply = {"jsonrpc": "2.0", "id": message["id"]}
    if result is None:
        reply["error"] = {"code": -32601, "message": "there is no such method"}
    else:
        reply["result"] = result
    print(json.dumps(reply), flush=True)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ended.txt"), "a") as mark:
    mark.write("ended\n")
