package dev.chord.core.bounds;

/**
 * How many bytes calls may hold in a process. What is on the network's side of a call lies outside the heap:
 * requests that are not complete, answers that are not read, and the copies that a block in hand is sent on
 * as. Pure; any thread.
 *
 * @param unfinished of requests that are not complete
 * @param inHand of those that are, until they are answered
 * @param unread of answers that nobody takes
 */
public record CallMemory(long unfinished, long inHand, long unread) {
    private static final long MIB = 1024 * 1024;
    private static final long MOST_UNFINISHED = 64 * MIB;
    private static final long LEAST = 16 * MIB; // one large block for each of two callers, in the smallest process
    private static final long COPIES = 2; // of a block in hand, on their way to other holders
    private static final long SLACK = 8 * MIB; // what lies in the gaps between buffers

    /**
     * Shares out what there is, so that all of it together fits, but in processes so small that each share is
     * the least.
     *
     * @param heap the largest that the heap may become
     * @param direct the same of memory outside the heap
     */
    public static CallMemory of(long heap, long direct) {
        long unfinished = Math.max(LEAST, Math.min(MOST_UNFINISHED, direct / 4));
        long inHand = Math.max(LEAST, Math.min(heap, direct) / 4);
        long left = direct - unfinished - COPIES * inHand - SLACK;
        return new CallMemory(unfinished, inHand, Math.max(LEAST, Math.min(heap / 2, left)));
    }
}
