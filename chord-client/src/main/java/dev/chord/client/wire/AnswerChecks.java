package dev.chord.client.wire;

import dev.chord.client.wire.MalformedMessageException.Fault;
import dev.chord.proto.v1.HasBlocksReply;
import dev.chord.proto.v1.ListRefusedReply;
import dev.chord.proto.v1.PutBlockReply;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.Written;

/**
 * What is acceptable as an answer of a node to what was asked of it. Pure; any thread. Throws
 * {@link MalformedMessageException}, which {@link WireErrors#fromStatus} puts into words.
 */
public final class AnswerChecks {
    private static final int HOLDERS = 64;

    private AnswerChecks() {}

    /** Who holds a block that was put: at least the one who says so. */
    public static PutBlockReply stored(PutBlockReply reply) {
        if (reply.getHoldersCount() == 0) {
            throw new MalformedMessageException(Fault.COUNT, "that it stored a block nowhere");
        }
        holders(reply.getHoldersCount());
        WireCodec.in(reply.getHoldersList());
        return reply;
    }

    /** What became of a write: the record that was to be written, in a version, and who holds it. */
    public static Written written(Written written, Record asked) {
        Record record = written.getRecord();
        boolean other = !record.getKey().equals(asked.getKey())
                || record.getKindValue() != asked.getKindValue()
                || !record.getLabel().equals(asked.getLabel());
        if (other) {
            throw new MalformedMessageException(
                    Fault.KEY, "about '" + WireCodec.shown(record.getLabel()) + "', which was not asked");
        }
        // under the key that was asked: whether that is where the name lies was the asker's to know
        RecordChecks.whole(record, name -> WireCodec.in(asked.getKey()));
        holders(written.getHoldersCount());
        WireCodec.in(written.getHoldersList());
        BlockChecks.copies(written.getWanted());
        return written;
    }

    private static void holders(int count) {
        if (count > HOLDERS) {
            throw new MalformedMessageException(Fault.COUNT, count + " holders, " + HOLDERS + " are the limit");
        }
    }

    /**
     * Which blocks somebody holds.
     *
     * @param asked about so many
     */
    public static HasBlocksReply held(HasBlocksReply reply, int asked) {
        if (reply.getHeldCount() != asked || reply.getSharedCount() != asked) {
            throw new MalformedMessageException(
                    Fault.COUNT, "about " + reply.getHeldCount() + " blocks when asked about " + asked);
        }
        BlockChecks.number(reply.getBytesPerSecond(), "a rate");
        return reply;
    }

    /** What somebody cannot speak for, and whom that waits for. */
    public static ListRefusedReply refused(ListRefusedReply reply) {
        BlockChecks.number(reply.getEpoch(), "an epoch");
        reply.getArcsList().forEach(arc -> {
            WireCodec.in(arc.getOwner());
            WireCodec.in(arc.getArc());
            WireCodec.in(arc.getMissingList());
        });
        return reply;
    }
}
