"""An MCP server for AI agents: with its tools, an AI agent lists, reads and steers running calls.

offhook makes the tools from the table of verbs (`COMMANDS`). The server needs the extra `offhook[mcp]`. The folder is
not called `mcp`, because that is the name of the SDK's package.
"""
