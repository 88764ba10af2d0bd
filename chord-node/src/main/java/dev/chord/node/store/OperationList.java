package dev.chord.node.store;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The numbers of the writes that made a record, as they stand in its row. */
final class OperationList {
    private OperationList() {}

    static byte[] pack(List<Long> numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.size() * Long.BYTES);
        numbers.forEach(bytes::putLong);
        return bytes.array();
    }

    static List<Long> unpack(byte[] bytes) {
        List<Long> numbers = new ArrayList<>();
        ByteBuffer packed = ByteBuffer.wrap(bytes);
        while (packed.remaining() >= Long.BYTES) {
            numbers.add(packed.getLong());
        }
        return numbers;
    }
}
