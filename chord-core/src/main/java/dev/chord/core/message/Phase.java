package dev.chord.core.message;

/** Where a member stands in its life. */
public enum Phase {
    /** Not a member, and not trying to be. */
    OUTSIDE,
    /** Looking for its place. */
    JOINING,
    /** In the ring. */
    MEMBER,
    /**
     * In the ring, about to go: still routes and still answers for its keys, but is not adopted by
     * anyone new.
     */
    LEAVING,
    /** Gone politely; answers only to say so and to give away what it still owns. */
    LEFT,
    /** Lost every successor. Refuses ownership and looks for the ring; never concludes that it is alone. */
    ISOLATED;

    /** Whether lookups may go through a member in this phase. */
    public boolean routes() {
        return this == MEMBER || this == LEAVING;
    }
}
