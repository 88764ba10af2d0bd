package dev.chord.node.gateway;

/**
 * What a request is to the gateway: each kind has a bound of its own, so that one cannot crowd out another.
 */
enum Kind {
    /** A body on its way into the ring, or into an upload that can be gone on with. */
    UPLOAD("uploads"),
    /** A file of more than one chunk on its way out. */
    DOWNLOAD("downloads"),
    /** Events, as they happen. */
    EVENTS("event streams"),
    /** Everything else, a file of one chunk too. */
    SHORT("requests");

    private final String many;

    Kind(String many) {
        this.many = many;
    }

    /** What several of them are called. */
    String many() {
        return many;
    }
}
