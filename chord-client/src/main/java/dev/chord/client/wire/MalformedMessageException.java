package dev.chord.client.wire;

import java.util.Locale;

/**
 * A message that no conforming peer would send: what is wrong with it, in words, and of which kind that is.
 */
public final class MalformedMessageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Fault fault;

    /** The kinds, few enough to be counted one by one. */
    public enum Fault {
        /** A host, or a port, that nobody can have. */
        ADDRESS,
        /** A number beyond its bounds. */
        NUMBER,
        /** An identifier that is none. */
        IDENTIFIER,
        /** A key that is not the one of what lies under it. */
        KEY,
        /** A name that is none. */
        LABEL,
        /** A value that cannot be read. */
        VALUE,
        /** Too long. */
        SIZE,
        /** Too many. */
        COUNT,
        /** Somebody who speaks for another one. */
        SENDER,
        /** A path that is none, or lies where nothing may be. */
        PATH,
        /** Something is left out, or of a kind that is not known. */
        KIND;

        /** As a label of a metric. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public MalformedMessageException(Fault fault, String message) {
        super(message);
        this.fault = fault;
    }

    public Fault fault() {
        return fault;
    }
}
