package dev.chord.core.records;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;

/**
 * In which parts of an arc two processes have other things.
 *
 * @param ours fingerprints of what is here
 * @param theirs of what is there
 */
public record Differences(Fingerprints ours, Fingerprints theirs) {
    /** Whether a key of the arc lies in a part that differs. */
    public boolean in(Identifier key) {
        int part = Fingerprints.part(key);
        return ours.get(part) != theirs.get(part);
    }
}
