package dev.chord.client;

/** Told how a transfer gets on; called from transfer threads, quickly please. */
public interface Progress {
    /** Nobody is listening. */
    Progress NONE = (done, total) -> {};

    /** Bytes of the file that are done, out of all. */
    void moved(long done, long total);
}
