"""What routes are given: the running service."""

from typing import Annotated

from fastapi import Depends, Request

from grounding.service import Service


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Running = Annotated[Service, Depends(_service)]
