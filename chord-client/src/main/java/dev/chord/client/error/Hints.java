package dev.chord.client.error;

/**
 * What to do about an error that somebody else reports. Never what they say: a hint is followed, and a node
 * that is asked is not always one that means well.
 */
public final class Hints {
    private Hints() {}

    /** The hint for an error that a node answered with; may be empty. */
    public static String of(ErrorCode code) {
        return switch (code) {
            case INTERNAL -> "see the log of the node that was asked";
            case USAGE -> "change what was asked for; 'chord version' on both sides tells whether they differ";
            case NOT_FOUND -> "see 'chord ls' for what there is";
            case PARTIAL, UNREACHABLE, DEADLINE, UNHEALTHY -> "see 'chord ring check', and try again";
            case INTEGRITY -> "another copy may be whole: try again";
            case UNFINISHED -> "try again";
            case CANNOT_RESUME -> "begin anew";
            case NO_SPACE -> "make room on the node's disk, or raise store.quota there";
            case NOT_PERMITTED -> "ask whoever runs the node";
            case CONFLICT -> "read it again and decide";
            case FEWER_COPIES -> "start more nodes, or ask for fewer copies";
            case WOULD_LOSE_DATA -> "see 'chord ring check' before anything is forced";
            case INCOMPATIBLE -> "compare 'chord version' on both sides";
        };
    }
}
