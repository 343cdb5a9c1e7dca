"""The addresses of the review desk."""

from __future__ import annotations

from django.urls import path

from healthcard.web.review import deciding, looking

urlpatterns = [
    path("applications", looking.queue, name="applications"),
    path("applications/<int:application>", looking.whole, name="application"),
    path("applications/<int:application>/verification", deciding.verified, name="application_verification"),
    path("applications/<int:application>/review", deciding.reviewed, name="application_review"),
    path("applications/<int:application>/payment", deciding.paid, name="application_payment"),
    path("applications/<int:application>/withdrawal", deciding.withdrawn, name="application_withdrawal"),
]
