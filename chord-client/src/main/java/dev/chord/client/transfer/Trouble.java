package dev.chord.client.transfer;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;

/** What went wrong on the way to a block. */
final class Trouble {
    private final List<Peer> tried = new ArrayList<>();
    private final List<String> bad;
    private final List<String> out = new ArrayList<>();

    /** @param bad what was wrong with other blocks of the same file */
    Trouble(List<String> bad) {
        this.bad = bad;
    }

    /** Those that have been asked; to be added to. */
    List<Peer> tried() {
        return tried;
    }

    void bad(String what) {
        bad.add(what);
    }

    void out(String what) {
        out.add(what);
    }

    ChordException toException(Identifier digest) {
        String block = "block " + digest.abbreviated();
        if (!bad.isEmpty()) {
            return new ChordException(
                    ErrorCode.INTEGRITY,
                    block + " is nowhere intact: " + String.join("; ", bad),
                    "the file changed or its copies are damaged: share or put it again");
        }
        if (!out.isEmpty()) {
            return new ChordException(
                    ErrorCode.UNREACHABLE,
                    block + ": those who may have it do not answer: " + String.join("; ", out),
                    "try again when they are back");
        }
        return new ChordException(
                ErrorCode.NOT_FOUND, block + " is on no node that should have it", "see 'chord find'");
    }
}
