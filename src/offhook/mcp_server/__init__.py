"""An MCP server for AI agents: with its tools, an AI agent lists, reads and steers running calls.

offhook makes one tool from each verb in `COMMANDS`, and adds the tool `list_calls`. The server needs the extra
`offhook[mcp]`. The folder is not called `mcp`, because that is the name of the SDK's package.
"""
