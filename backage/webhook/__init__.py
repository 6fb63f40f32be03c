"""The server that takes in what registries send, and shows what was counted. It needs `backage[webhook]`."""
