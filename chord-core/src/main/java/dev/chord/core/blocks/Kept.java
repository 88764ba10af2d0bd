package dev.chord.core.blocks;

import java.util.Optional;

/** Whether a block was here before, or why it is not kept. */
public record Kept(boolean known, Optional<Refusal> refused) {
    static final Kept KNOWN = new Kept(true, Optional.empty());
    static final Kept NEW = new Kept(false, Optional.empty());

    static Kept refused(Refusal why) {
        return new Kept(false, Optional.of(why));
    }

    /** Whether it is here, durably. */
    public boolean isKept() {
        return refused.isEmpty();
    }
}
