"""The edge to the network: the only place that sends requests, and that waits and tries again."""
