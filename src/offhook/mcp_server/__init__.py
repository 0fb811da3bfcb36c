"""An MCP server: AI agents list, read and steer running calls with tools that are made from the table of verbs.

The server needs the extra `offhook[mcp]`. The folder is not called `mcp`, because that is the name of the SDK's
package.
"""
