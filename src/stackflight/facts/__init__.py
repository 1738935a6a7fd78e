"""What AWS does, as data: dated rows with their sources. The ring below the nouns; it holds no logic and imports nothing.

`refusals/SERVICE.json`   settings that a service refuses on one resource, or on two that refer to each other
`orders/SERVICE.json`     resources that need the effect of another one that they do not name
`role_uses/SERVICE.json`  actions that a service calls with the role that it is given, when it is made or while it runs
`senders/SERVICE.json`    services that send under their own name, and what the receiver's policy has to allow them
`statuses/cloudformation.json`   what a stack's statuses mean, which operations are legal and which is safe
`callers/SERVICE.json`    who is told to call a function, by which property and in whose name
`contracts/SERVICE.json`  what properties take along a reference, and what a reference gives; kinds.json says it in words
`placement/SERVICE.json`  zones, number and kind of subnets that a service takes, and what falls into the default VPC
`versions/SERVICE.json`   versions that can be created, and those that no longer can
`updates/SERVICE.json`    changes that a service refuses, and properties whose change is a replacement

SERVICE is the second part of the resource type in lower case, so that only the files of types that occur are read.
docs/contributing/facts.md describes the rows.
"""
