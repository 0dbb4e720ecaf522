"""Sandboxes in containers: `docker` and `docker_shared`, through the Docker SDK (extra `docker`)."""
