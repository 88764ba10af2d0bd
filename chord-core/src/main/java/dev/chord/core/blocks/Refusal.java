package dev.chord.core.blocks;

/** Why a block was not taken; what the disk has to say of it only the host knows. */
public interface Refusal {
    /** The upload that it belongs to was given up by who stores, or had to make room for others. */
    Refusal LET_GO = new Refusal() {
        @Override
        public String toString() {
            return "the upload was let go of";
        }
    };
}
