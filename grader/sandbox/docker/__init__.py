"""Sandboxes in containers: the levels `docker` and `docker_shared`, through the Docker SDK (extra `docker`)."""
