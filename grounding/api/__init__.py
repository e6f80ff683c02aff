"""The HTTP face of the service: `/v1`, health and metrics. `create_app` builds it."""
