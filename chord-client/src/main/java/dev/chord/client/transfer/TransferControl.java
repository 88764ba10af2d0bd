package dev.chord.client.transfer;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;

/** What others may do to a transfer while it goes on, and what it says of itself. Thread-safe. */
public final class TransferControl {
    private final long bytesPerSecond;
    private final boolean canPause;
    private volatile boolean paused;
    private volatile boolean cancelled;
    private volatile String waitingFor = "";

    /** @param bytesPerSecond at most; 0: as fast as it goes */
    public TransferControl(long bytesPerSecond) {
        this(bytesPerSecond, true);
    }

    private TransferControl(long bytesPerSecond, boolean canPause) {
        this.bytesPerSecond = bytesPerSecond;
        this.canPause = canPause;
    }

    /** For a transfer that nobody steers. */
    public static TransferControl none() {
        return new TransferControl(0, false);
    }

    public void pause() {
        paused = canPause;
    }

    public void resume() {
        paused = false;
    }

    public void cancel() {
        cancelled = true;
    }

    public boolean paused() {
        return paused;
    }

    public boolean cancelled() {
        return cancelled;
    }

    long bytesPerSecond() {
        return bytesPerSecond;
    }

    void check() {
        if (cancelled) {
            throw new ChordException(ErrorCode.UNFINISHED, "cancelled", "begin again to go on where it was");
        }
    }

    void waitsFor(String what) {
        waitingFor = what;
    }

    /** What the transfer waits for just now; empty: it does not. */
    public String waitingFor() {
        return waitingFor;
    }
}
