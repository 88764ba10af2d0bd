package dev.chord.client;

/** Told how far something is; called from its own threads, quickly please. */
public interface Progress {
    /** Nobody is listening. */
    Progress NONE = (done, total) -> {};

    /** How much is done, out of all: bytes of a file, blocks of a store. */
    void moved(long done, long total);
}
