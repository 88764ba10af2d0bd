package dev.chord.core.bounds;

/**
 * How many bytes calls may hold in a process. What is on the network's side of a call lies outside the heap: requests that are not complete,
 * and answers that are not read. Pure; any thread.
 *
 * @param unfinished of requests that are not complete
 * @param inHand of those that are, until they are answered
 * @param unread of answers that nobody takes
 */
public record CallMemory(long unfinished, long inHand, long unread) {
    private static final long MIB = 1024 * 1024;
    private static final long MOST_UNFINISHED = 64 * MIB;
    private static final long LEAST = 16 * MIB; // one large block for each of two callers, in the smallest process

    /**
     * @param heap the largest that the heap may become
     * @param direct the same of memory outside the heap
     */
    public static CallMemory of(long heap, long direct) {
        return new CallMemory(
                Math.max(LEAST, Math.min(MOST_UNFINISHED, direct / 4)),
                Math.max(LEAST, heap / 4),
                Math.max(LEAST, Math.min(heap, direct) / 2));
    }
}
