"""The edge to the network: the only place that sends HTTP requests, paces them and tries them again."""
