package dev.chord.node.rpc;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.RecordCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.records.Write;
import dev.chord.proto.v1.WriteRecordReply;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.Written;

/** What an engine says of a write, as the reply to who asked for it. */
final class WriteReplies {
    private WriteReplies() {}

    static WriteRecordReply of(WriteRecordRequest asked, Write.Answer answer) {
        WriteRecordReply.Builder reply = WriteRecordReply.newBuilder();
        if (answer instanceof Write.Written written) {
            reply.setWritten(Written.newBuilder()
                    .setRecord(RecordCodec.out(written.record()))
                    .addAllHolders(WireCodec.out(written.holders()))
                    .setWanted(written.wanted()));
        } else if (answer instanceof Write.Conflict conflict) {
            reply.setConflict(conflict.current().map(RecordCodec::out).orElse(asked.getRecord()));
        } else if (answer instanceof Write.Stale stale) {
            reply.setStale(RecordCodec.out(stale.stamp()));
        } else if (answer instanceof Write.Elsewhere elsewhere) {
            reply.setNotOwner(RecordCodec.out(elsewhere.why()));
        } else if (answer instanceof Write.Refused refused) {
            reply.setRefusal(refusal(ErrorCode.UNREACHABLE, refused.why(), "try again"));
        } else if (answer instanceof Write.Unknown unknown) {
            reply.setRefusal(refusal(ErrorCode.DEADLINE, unknown.why(), "try again when the ring has healed"));
        } else {
            throw new IllegalArgumentException("an answer of another kind: " + answer);
        }
        return reply.build();
    }

    private static dev.chord.proto.v1.Refusal refusal(ErrorCode code, String why, String hint) {
        return WireErrors.toRefusal(new ChordException(code, why, hint));
    }
}
