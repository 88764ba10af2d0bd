package dev.chord.core.bounds;

/**
 * How the file handles of a process are shared out: its own work (data, databases, connections to other
 * nodes) comes first, and callers get a part of the rest. Pure; any thread.
 *
 * @param connections calls for other nodes and clients: connections of all, at once
 * @param ofOneAddress the same from one address; members of the ring may have more
 */
public record HandleBudget(int connections, int ofOneAddress) {
    private static final long OWN = 192;
    private static final int LEAST = 32;
    private static final int MOST = 8192;
    private static final int FEW = 64;

    /**
     * @param handles how many the process may have; 0 or less: not known
     */
    public static HandleBudget of(long handles) {
        long rest = handles <= 0 ? 4L * MOST : handles - OWN;
        int connections = (int) Math.max(LEAST, Math.min(MOST, rest * 3 / 8));
        return new HandleBudget(connections, Math.max(Math.min(FEW, connections), connections / 2));
    }
}
