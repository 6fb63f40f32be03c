"""The server that counts the events of registries and shows the counts. It needs `backage[webhook]`."""
