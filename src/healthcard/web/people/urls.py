"""The addresses of people's records."""

from __future__ import annotations

from django.urls import path

from healthcard.web.people import asking, correcting, linking, record, registering

urlpatterns = [
    path("people/new", registering.asked, name="person_new"),
    path("people/new/form", registering.handed_in, name="person_registered"),
    path("people/<int:person>/record", record.shown, name="record"),
    path("people/<int:person>/record/sight", record.seen, name="record_sight"),
    path("people/<int:person>/correction", correcting.asked, name="correction"),
    path("people/<int:person>/correction/form", correcting.handed_in, name="corrected"),
    path("people/<int:person>/photo", correcting.photo, name="photo"),
    path("people/<int:person>/photo/form", correcting.photo_taken, name="photo_taken"),
    path("people/<int:person>/documents", linking.asked, name="second_document"),
    path("people/<int:person>/documents/form", linking.handed_in, name="second_document_taken"),
    path("people/<int:person>/rights", asking.asked, name="right"),
    path("people/<int:person>/rights/form", asking.handed_in, name="right_taken"),
    path("people/<int:person>/requests/<int:number>/answer", asking.answered, name="request_answer"),
    path("people/<int:person>/requests/<int:number>/copy", asking.copied, name="request_copy"),
]
